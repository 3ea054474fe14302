-- The script yields where nobody has resumed it.
-- ends: error
coroutine.yield("out of here")
