-- The script fails without saying anything at all.
-- ends: error
error(nil)
