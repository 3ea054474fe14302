-- Steps of a workflow, and what is deferred to the end of a step or of a task.

local G = script_globals
local check, message_of = host.check, host.message_of
local begin_step, end_step = host.begin_step, host.end_step
local pcall, error, setmetatable = pcall, error, setmetatable
local pack, unpack, remove, sub = table.pack, table.unpack, table.remove, string.sub
local shield, defer_to_end, base = tasks.shield, tasks.defer, tasks.base
local warn = G.log.warn

local flow = G.flow

local scopes = setmetatable({}, { __mode = "k" }) -- base coroutine of a task -> the innermost scope in it

local nothing = message_of(nil) -- what stands for an error that is nil, which would look like none
local longest_message = 65536 -- of a step's failure in a report; who catches the error has all of it

-- Calls what a scope deferred, last first; all of it, whatever fails. Returns the first failure.
local function run_handlers(scope, problem)
  local failure
  while #scope.handlers > 0 do
    local handler = remove(scope.handlers)
    local ok, result = pcall(handler, problem)
    if not ok then
      failure = failure or { error = result }
      if problem ~= nil or failure.error ~= result then
        warn("what was deferred failed", { error = sub(message_of(result), 1, longest_message) })
      end
    end
  end
  return failure
end

-- The host calls it in a task of its own when a task ends that deferred something outside of any step.
function run_deferred(task, has_failed, problem)
  local scope = scopes[task]
  scopes[task] = nil
  if has_failed and problem == nil then problem = nothing end
  local failure = scope and run_handlers(scope, problem)
  if failure and not has_failed then error(failure.error, 0) end
end

--: flow.defer(fn: function)
--: Has fn(err) called when the enclosing step ends, or else the task; last deferred first. err is nil after success.
--: It is called after a failure and a cancellation too, and may make calls then.
--: example: flow.defer(function(err) if err then flow.start("web-1") end end)
function flow.defer(fn)
  check("flow.defer", fn)
  local task = base()
  local scope = scopes[task]
  if not scope then
    defer_to_end()
    scope = { handlers = {} }
    scopes[task] = scope
  end
  scope.handlers[#scope.handlers + 1] = fn
end

-- Calls fn(...) in a scope of its own, reported as a step.
local function step(name, guest, fn, ...)
  local task = base()
  local scope = { outer = scopes[task], handlers = {} }
  scope.id = begin_step(name, guest, scope.outer and scope.outer.id)
  scopes[task] = scope
  local outcome = pack(pcall(fn, ...))
  local problem
  if not outcome[1] then
    problem = outcome[2]
    if problem == nil then problem = nothing end
  end
  if #scope.handlers > 0 then
    local was_shielded = shield(true) -- it is, in a step within what another step deferred
    local failure = run_handlers(scope, problem)
    shield(was_shielded)
    if failure and problem == nil then
      problem = failure.error
      if problem == nil then problem = nothing end
    end
  end
  scopes[task] = scope.outer
  end_step(scope.id, problem ~= nil and sub(message_of(problem), 1, longest_message) or nil)
  if problem ~= nil then error(problem, 0) end
  return unpack(outcome, 2, outcome.n)
end

host.step = step

--: flow.step(name: string, fn: function) -> fn's results
--: Calls fn and reports it as a step of that name; what it defers is called when it ends.
--: example: flow.step("databases", function() flow.restart("db-1") end)
function flow.step(name, fn)
  check("flow.step", name, fn)
  return step(name, nil, fn)
end
