-- A table that contains itself can't be JSON.
-- ends: error
local node = { name = "first" }
node.next = { name = "second", next = node }
return json.encode(node)
