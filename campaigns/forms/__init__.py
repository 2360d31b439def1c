"""Forms of the campaign pages. Rules of fields are the model's (`full_clean`); only the wizard's repairs live here."""
