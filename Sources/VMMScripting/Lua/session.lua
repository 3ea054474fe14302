-- What makes the locals of a session's chunks survive them.
--
-- A chunk runs as a function inside another that declares the earlier locals which it uses; their variables are then
-- joined with the kept ones, so that closures of earlier chunks see the same variables. A chunk keeps its own locals by
-- a closure over them, which it hands to __keep.

local load, error, ipairs, select, type = load, error, ipairs, select, type
local getupvalue, upvaluejoin, getinfo = debug.getupvalue, debug.upvaluejoin, debug.getinfo
local concat, unpack = table.concat, table.unpack
local globals = script_globals

local kept = {} -- name -> { closure, number of the upvalue }
local constants = {} -- the names of those that can't be assigned to

local function upvalues(closure)
  local numbers = {}
  local number = 1
  while true do
    local name = getupvalue(closure, number)
    if not name then return numbers end
    numbers[name] = number
    number = number + 1
  end
end

-- Declares the earlier locals that a chunk uses. A constant needs a value that the compiler doesn't know.
local function declarations(used)
  local text = {}
  for i, name in ipairs(used) do
    text[i] = "local " .. name .. (constants[name] and " <const> = __keep " or " ")
  end
  return concat(text)
end

function evaluate_chunk(source, chunk_name, used, declared, declared_constants)
  local prefix = "local __keep = ... " .. declarations(used)
  local wrapper, problem = load(prefix .. "return function(...) " .. source .. "\nend", chunk_name, "t", globals)
  if not wrapper then error(problem, 0) end
  local chunk = wrapper(function(closure)
    -- A chunk may call __keep itself; what it gets at so must be its own, and never a function of the host.
    if type(closure) ~= "function" or getinfo(closure, "S").source ~= chunk_name then
      error("__keep is for the session itself", 2)
    end
    local numbers = upvalues(closure)
    for _, name in ipairs(declared) do
      if numbers[name] then
        kept[name] = { closure, numbers[name] }
        constants[name] = nil
      end
    end
    for _, name in ipairs(declared_constants) do constants[name] = true end
  end)
  local numbers = upvalues(chunk)
  for _, name in ipairs(used) do
    local variable = kept[name]
    if variable and numbers[name] then upvaluejoin(chunk, numbers[name], variable[1], variable[2]) end
  end
  return chunk()
end
