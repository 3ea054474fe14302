-- Tasks that run side by side. Every task ends before the one that spawned it.

local G = script_globals
local check, type, pcall, error, tostring, rawlen = host.check, type, pcall, error, tostring, rawlen
local spawn, next_ended, make_group, reserve = tasks.spawn, tasks.next, tasks.group, tasks.reserve

local async = G.async

--: async.spawn(fn: function, ...) -> handle
--: Calls fn in a task of its own; handle:await() gives its results, handle:cancel() cancels it.
--: An error that nobody awaits is raised when the spawning task ends. handle.status is running, done, failed or cancelled.
--: example: local h = async.spawn(vmm.shutdown, "web-1"); h:await()
function async.spawn(fn, ...)
  check("async.spawn", fn)
  return spawn(0, 0, fn, ...)
end

--: handle:await() -> fn's results
--: Waits for a task and gives its results, or raises what ended it.
--: errors: cancelled deadlock
--: example: local task = async.spawn(vmm.shutdown, "web-1"):await()

--: handle:cancel()
--: Cancels a task: its current wait and each further one raise cancelled.
--: example: handle:cancel()

--: async.map(list: list, {limit: integer = 4}, fn: function) -> array of first results
--: Calls fn(item, index) for each element, up to `limit` at a time, and returns the first results in the list's order.
--: The first error cancels the rest and is raised.
--: example: async.map(vmm.list{ name = "web-*" }, { limit = 2 }, function(g) return vmm.wait_task(vmm.shutdown(g)) end)
function async.map(list, options, fn)
  if fn == nil and type(options) == "function" then options, fn = nil, options end
  check("async.map", list, options, fn)
  local limit = options and options.limit or 4
  if limit < 1 then host.raise("async.map: option limit must be at least 1, not " .. tostring(limit)) end

  local group, count = make_group(), rawlen(list)
  local before = reserve(count) -- a task's path is the index in the list, whenever it starts
  local handles, results, running = {}, {}, 0
  local failure

  local function take()
    local index = next_ended(group) - before
    running = running - 1
    local ok, result = pcall(handles[index].await, handles[index])
    if ok then
      results[index] = result
    elseif not failure then
      failure = { error = result }
      for i = 1, count do
        if handles[i] then handles[i]:cancel() end
      end
    end
  end

  for index = 1, count do
    while running >= limit do take() end
    if failure then break end
    handles[index] = spawn(group, before + index, fn, list[index], index)
    running = running + 1
  end
  while running > 0 do take() end
  if failure then error(failure.error, 0) end
  return results
end
