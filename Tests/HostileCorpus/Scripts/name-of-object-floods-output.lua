-- The __name of an object, which stands in its text, is larger than all output allowed.
-- ends: output
print(setmetatable({}, { __name = ("n"):rep(100000) }))
