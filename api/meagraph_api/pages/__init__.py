"""Pages: templates, translations, scripts, maps, and the processes that render."""
