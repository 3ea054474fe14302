-- The error's message is a megabyte, of which the host may show only a part.
-- ends: error
error(("failed "):rep(150000))
