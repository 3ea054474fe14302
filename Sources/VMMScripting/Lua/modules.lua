-- require: the modules beside a script.

local G = script_globals
local check, raise, load_module = host.check, host.raise, host.module
local load, error, setmetatable, this_coroutine = load, error, setmetatable, G.coroutine.running
local spawn, await = tasks.spawn, tasks.await

local loading = {} -- name -> handle of the task that runs the module; its result is the module's value
local module_of = setmetatable({}, { __mode = "k" }) -- coroutine of such a task -> name
local waits_for = {} -- name -> the module that it requires just now

-- Whether waiting for `name` would be to wait for oneself.
local function is_waiting_for(name, me)
  while name do
    if name == me then return true end
    name = waits_for[name]
  end
  return false
end

local function run(name, chunk, file)
  module_of[this_coroutine()] = name
  local value = chunk(name, file)
  if value == nil then return true end
  return value
end

local wait_metatable = {
  __close = function(wait)
    if wait.me then waits_for[wait.me] = nil end
    if not wait.has_value then loading[wait.name] = nil end -- it may be tried again
  end,
}

--: require(name: string) -> the module's value
--: Runs a module beside the script, once in a run: require("lib.names") reads lib/names.lua. It may make any call that waits.
--: errors: permission_denied not_found
--: permission: modules
--: example: local names = require("lib.names")
function G.require(name)
  check("require", name)
  local me = module_of[this_coroutine()]
  if not loading[name] then
    local source, file = load_module(name)
    local chunk, problem = load(source, "@" .. file, "t", G)
    if not chunk then error(problem, 0) end
    loading[name] = spawn(0, 0, run, name, chunk, file)
  elseif me and is_waiting_for(name, me) then
    raise("require: the module '" .. name .. "' requires itself")
  end
  if me then waits_for[me] = name end
  local wait <close> = setmetatable({ name = name, me = me }, wait_metatable)
  local value = await(loading[name])
  wait.has_value = true
  return value
end
