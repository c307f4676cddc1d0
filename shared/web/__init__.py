"""HTTP: the application factory of every service, its conventions and the console shell."""
