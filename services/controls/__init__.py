"""What the tests of the controls came to, for people: on a terminal, as JSON, as a workbook."""
