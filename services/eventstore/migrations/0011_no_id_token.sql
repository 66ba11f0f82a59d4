-- Signing out at the provider needs no token of it: what isn't kept can't be taken.
ALTER TABLE app.session DROP COLUMN id_token;
