-- The error that ends the script is a table all of whose fields are the table.
-- ends: error
local e = {}
for _, field in ipairs { "kind", "message", "hint", "guest", "cause", "traceback" } do e[field] = e end
error(e)
