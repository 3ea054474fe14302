-- Steps of a workflow, and what is deferred to the end of a step or of a task.

local G = script_globals
local check, message_of = host.check, host.message_of
local begin_step, end_step = host.begin_step, host.end_step
local pcall, error, setmetatable = pcall, error, setmetatable
local remove = table.remove
local closer, defer_to_end, base = tasks.closer, tasks.defer, tasks.base
local warn = G.log.warn

local flow = G.flow

local scopes = setmetatable({}, { __mode = "k" }) -- base coroutine of a task -> the innermost scope in it

local nothing = message_of(nil) -- what stands for an error that is nil, which would look like none

-- Calls what a scope deferred, last first; all of it, whatever fails. Returns the first failure.
local function run_handlers(scope, problem)
  local failure
  while #scope.handlers > 0 do
    local handler = remove(scope.handlers)
    local ok, result = pcall(handler, problem)
    if not ok then
      failure = failure or { error = result }
      if problem ~= nil or failure.error ~= result then
        warn("what was deferred failed", { error = message_of(result) })
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

-- A step ends in any way: what it deferred is called, also in a task that is closed, where no pcall returns any more.
local scope_metatable = {
  __close = closer(function(scope, problem)
    if problem == nil and not scope.has_returned then problem = nothing end
    local failure = run_handlers(scope, problem)
    scopes[scope.task] = scope.outer
    local reason = problem
    if reason == nil and failure then
      reason = failure.error
      if reason == nil then reason = nothing end
    end
    end_step(scope.id, reason ~= nil and message_of(reason) or nil)
    if failure and problem == nil then error(reason, 0) end
  end),
}

local function leave(scope, ...)
  scope.has_returned = true
  return ...
end

-- Calls fn(...) in a scope of its own, reported as a step.
local function step(name, guest, fn, ...)
  local task = base()
  local outer = scopes[task]
  local id = begin_step(name, guest, outer and outer.id)
  local scope <close> = setmetatable({ id = id, task = task, outer = outer, handlers = {} }, scope_metatable)
  scopes[task] = scope
  return leave(scope, fn(...))
end

host.step = step

--: flow.step(name: string, fn: function) -> fn's results
--: Calls fn and reports it as a step of that name; what it defers is called when it ends.
--: example: flow.step("databases", function() flow.restart("db-1") end)
function flow.step(name, fn)
  check("flow.step", name, fn)
  return step(name, nil, fn)
end
