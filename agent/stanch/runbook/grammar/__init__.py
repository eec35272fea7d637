"""Grammars: what each program may be asked, verb by verb and flag by flag, as data.

A grammar knows one program. It turns the words after the program's name into a template
or refuses them; what it does not list is refused.
"""
