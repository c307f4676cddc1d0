"""The console shell: what pages hand to templates, and the frame around every page."""
