-- A character set of a hundred thousand ranges is searched for each character.
-- ends: cpu
local set = "[" .. ("a-b"):rep(100000) .. "]"
return ("x"):rep(100000):find(set)
