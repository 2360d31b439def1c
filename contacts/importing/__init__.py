"""Files of contacts: read (`reader`), understood (`mapping`), staged (`staging`), turned into contacts (`load`)."""
