-- A script raises the text of a kill as an ordinary error.
-- ends: error
error("killed", 0)
