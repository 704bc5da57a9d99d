"""`python -m pinoamo`: the same as the command `pinoamo`."""

from .service.cli.main import main

main()
