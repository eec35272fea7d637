"""Diagnosis: signs read from evidence, and hypotheses weighed by them; pure, without a model.

`view` reads the evidence, `signs` has the table of signs, `findings` fills parameters,
`onset` dates a rise, and `weigh` ranks the hypotheses.
"""
