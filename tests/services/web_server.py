"""The HTTP server under those of the tests: it takes many connections at the same time."""

from http.server import ThreadingHTTPServer


class WebServer(ThreadingHTTPServer):
    """Serve each connection in a thread of its own, and let up to 128 wait to be accepted.

    The standard library lets 5 wait. Of twenty that come at once the system then drops some,
    which come again after 1, 3 and 7 seconds; on a busy machine that is the whole deadline.
    """

    request_queue_size = 128
    daemon_threads = True
