"""`python -m services` is the command `wenxiao`."""

from services.cli import main

if __name__ == "__main__":
    main()
