-- What JSON has and Lua has not: null, and whether an empty table is an object or an array.

local G = script_globals
local check, set_form = host.check, set_table_form

debug.setmetatable(null, { __tostring = function() return "null" end, __name = "json.null", __metatable = false })
G.json.null = null

--: json.object(table?: table) -> table
--: Makes a table, or a new one, an object for json.encode, whatever it holds; the table itself is given back.
--: json.decode has made one of each object, so that an empty one stays one.
--: example: print(json.encode{ labels = json.object() })
function G.json.object(table)
  check("json.object", table)
  return set_form(table or {}, "object")
end

--: json.array(table?: table) -> table
--: Makes a table, or a new one, an array for json.encode; the table itself is given back.
--: example: print(json.encode(json.array{ json.null, 2 }))
function G.json.array(table)
  check("json.array", table)
  return set_form(table or {}, "array")
end
