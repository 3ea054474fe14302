-- Names that are not there: what Lua says of them is told with what was meant.
--
-- They are nil as in any Lua, so that a script can ask whether a function is there. Who calls or indexes that nil gets Lua's own
-- error with a hint.

local G = script_globals
local near, watch_libraries, set_adviser = host.near, watch_libraries, set_adviser
local getmetatable = getmetatable
local concat, sort, next, rawget, type = table.concat, table.sort, next, rawget, type

-- What stock Lua has and the sandbox doesn't, and what there is in its place.
local lacking = {
  io = "print writes to standard output, log to standard error; a script reaches no files",
  debug = "errors have a traceback field",
  package = "require reads the modules beside the script",
  module = "a module returns its table; require gives it",
  dofile = "require reads the modules beside the script",
  loadfile = "require reads the modules beside the script",
  loadstring = "load takes text",
  unpack = "it is table.unpack",
  setfenv = "load takes an environment as its fourth argument",
  getfenv = "the globals are in _G",
  newproxy = "setmetatable takes a table",
  bit32 = "Lua has the operators & | ~ << >>",
  bit = "Lua has the operators & | ~ << >>",
  jit = "this is plain Lua 5.4",
  ffi = "a script calls the host's functions alone",
  warn = "log.warn logs",
  exit = "error(message, 0) ends a script; its exit code is 1 then",
  sleep = "async.sleep waits",
  wait = "async.sleep waits for a time, flow.wait_for for something to come about",
  ["os.getenv"] = "script.args takes values from the command line",
  ["os.exit"] = "error(message, 0) ends a script, whose exit code is 1 then; return ends it with 0",
  ["os.execute"] = "a script starts no processes",
  ["os.remove"] = "a script reaches no files",
  ["os.rename"] = "a script reaches no files",
  ["os.tmpname"] = "a script reaches no files",
  ["os.setlocale"] = "a script can't change the program's locale",
  ["os.sleep"] = "async.sleep waits",
  ["string.dump"] = "load takes text alone",
  ["string.gfind"] = "it is string.gmatch",
  ["table.getn"] = "# gives the length",
  ["table.maxn"] = "# gives the length",
  ["table.foreach"] = "for k, v in pairs(t) do … end",
  ["table.foreachi"] = "for i, v in ipairs(t) do … end",
  ["math.pow"] = "x ^ y",
  ["math.mod"] = "x % y, or math.fmod",
  ["math.ldexp"] = "x * 2.0 ^ y",
  ["math.log10"] = "math.log(x, 10)",
  ["math.cosh"] = "(math.exp(x) + math.exp(-x)) / 2",
  ["math.sinh"] = "(math.exp(x) - math.exp(-x)) / 2",
}

local most_names = 500 -- a script may have any number of globals

-- The string keys of a table, sorted.
local function names_of(library)
  local names = {}
  for key in next, library do
    if #names == most_names then break end
    if type(key) == "string" then names[#names + 1] = key end
  end
  sort(names)
  return names
end

-- What is asked for functions by name: "vmm." and the like by the tables, and these by those.
local libraries, tables = {}, {}
for key, value in next, G do
  if type(value) == "table" and value ~= G and key ~= "arg" and getmetatable(value) == nil then libraries[value] = key .. "." end
end
libraries[host.guests_methods] = "guests:"
for table, name in next, libraries do tables[name] = table end

local function meant(names, before)
  for i, name in next, names do names[i] = before .. name end
  return "did you mean " .. concat(names, " or ") .. "?"
end

-- Where a library has a function of that name.
local function owners(name)
  local found = {}
  for library, table in next, tables do
    if type(rawget(table, name)) == "function" then found[#found + 1] = library .. name end
  end
  sort(found)
  return found
end

-- The hint for a nil that was called, indexed or calculated with; nil where there is none. `kind` is what Lua calls it (global, field,
-- method, local, upvalue), `library` the table that was asked for the name, if it is one of the above.
set_adviser(function(kind, name, library)
  if library then
    local instead = lacking[library .. name]
    if instead then return ("%s%s isn't there in the sandbox: %s"):format(library, name, instead) end
    local names = names_of(tables[library])
    local likely = near(name, names)
    if #likely > 0 then return meant(likely, library) end
    return ("there is no %s%s, only %s"):format(library, name, concat(names, ", "))
  end
  if kind ~= "global" then return nil end
  if lacking[name] then return ("%s isn't there in the sandbox: %s"):format(name, lacking[name]) end
  local likely = near(name, names_of(G))
  if #likely > 0 then return meant(likely, "") end
  local found = owners(name)
  if #found > 0 then return meant(found, "") end
end)

watch_libraries(libraries)
