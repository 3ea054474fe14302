-- A chunk of half a megabyte is loaded.
-- ends: source
load(("x = 1 "):rep(100000))
