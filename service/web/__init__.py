"""The pages: templates, texts and files, and what turns the catalogue into words for them."""
