-- Restarts the guests that are tagged for it, one batch at a time, in the small hours.
--
--   vmmlua run nightly-maintenance
--   vmmlua run nightly-maintenance nightly batch=2 window=23:30-01:00 timeout=5m
--
-- Guests are chosen by a tag in their description, such as #nightly. Those that aren't running stay as they are, and count
-- as out of service: with batch=1, one that crashed before keeps the others from being restarted.
-- Outside of the window, by the local clock, the script refuses to begin. Within, a guest is begun only if the longest
-- that its restart may take, three times `timeout`, still fits. Guests that weren't reached are named, with a warning: the next night may do.
-- On the day on which the clocks change, a window ends when the clock shows its end; one that lies in the hour that is left
-- out is shut that day. After a failure no further guest is begun, and the script fails. Of two runs at once, the second waits
-- for the first, for `wait`, or ends with exit code 75.

local a = script.args {
  { "tag", default = "nightly", help = "which guests: a tag in their description, without its #" },
  { "batch", type = "share", default = 1, help = "how many at a time: a number, or a percentage such as 25%" },
  { "window", default = "02:00-04:00", help = "from when to when; may go over midnight" },
  { "timeout", type = "duration", default = "10m", help = "how long a guest may take to stop, and to start" },
  { "wait", type = "duration", default = "0s", help = "how long to wait for another run of this workflow" },
}

-- Is it time?

-- A time of day such as "02:00" in minutes.
local function minutes(reading)
  local hour, minute = reading:match("^(%d%d?):(%d%d)$")
  if not hour or tonumber(hour) > 23 or tonumber(minute) > 59 then
    error(("window must be two times of day such as 02:00-04:00, not '%s'"):format(a.window), 0)
  end
  return hour * 60 + minute
end

-- The first instant at which the clock shows that time, so many days from today, or a later one: where the clocks go forward
-- over it, that is the end of the gap; where they go back over it, the first of two.
local function when_clock_shows(minutes_of_day, days)
  local today = os.date("*t")
  local day = os.time { year = today.year, month = today.month, day = today.day + days, hour = 12 }
  local wanted = os.date("%Y%m%d", day) .. ("%02d%02d"):format(minutes_of_day // 60, minutes_of_day % 60)
  local noon_to_time = (minutes_of_day - 12 * 60) * 60
  -- No clock is ever changed by as much as three hours.
  for time = day + noon_to_time - 3 * 3600, day + noon_to_time + 3 * 3600, 60 do
    if os.date("%Y%m%d%H%M", time) >= wanted then return time end
  end
end

local opening, closing = a.window:match("^([^-]*)-?(.*)$")
opening, closing = minutes(opening), minutes(closing)
local overnight = closing <= opening and 1 or 0 -- 02:00-02:00 is open all day
local longest = 3 * a.timeout -- of a restart: to stop, perhaps late, and to start
if (closing - opening + overnight * 24 * 60) * 60 < longest then
  error(("the window %s is shorter than three times the timeout"):format(a.window), 0)
end

local closes
for days = -1, 0 do -- a window that goes over midnight may have opened yesterday
  local from, to = when_clock_shows(opening, days), when_clock_shows(closing, days + overnight)
  if from <= os.time() and os.time() < to then closes = to end
end
if not closes then error(("it is %s, outside of the window %s"):format(os.date("%H:%M"), a.window), 0) end

-- Which guests?

local tagged = vmm.list { tag = a.tag }
if #tagged == 0 then error(("no guest is tagged #%s"):format(a.tag), 0) end
if #tagged:where { status = "running" } == 0 then
  print(("nothing to restart: none of %s is running"):format(tagged))
  return
end

-- Restart them.

local restarted, was_restarted, not_reached = {}, {}, {} -- names, by id, and names

local function restart(guest)
  if os.time() + longest > closes then
    if guest.status == "running" then table.insert(not_reached, guest.guest_name) end
    return
  end
  local change = flow.restart(guest, { timeout = a.timeout, start_timeout = a.timeout })
  if change.changed then
    table.insert(restarted, guest.guest_name)
    was_restarted[guest.guest_id] = true
  end
  return change
end

local function say(what, names)
  table.sort(names)
  if #names > 0 then print(what .. table.concat(names, ", ")) end
end

flow.defer(function() -- said however it ends
  say("restarted:    ", restarted)
  say("not reached:  ", not_reached)
  if #not_reached > 0 then log.warn("the window is nearly over", { not_reached = #not_reached }) end
end)

flow.lock("nightly-maintenance", { wait = a.wait }, function()
  -- All of them are handed over, so that those that are down already count.
  local ok, problem = pcall(flow.rolling, tagged, { batch = a.batch }, restart)
  if ok then return end
  -- A name that reads as a pattern or as several can't be put into the command.
  local is_plain = #tagged:where { where = function(g) return g.guest_name:find("[%*%?,\\]") end } == 0
  if problem.kind == "batch_failed" and #problem.skipped > 0 and is_plain then
    -- Those that are down or have failed are named as well, so that they count.
    local left = tagged:where { where = function(guest) return not was_restarted[guest.guest_id] end }
    problem.hint = "see to what is down, then restart the rest by " .. script.command("rolling-restart", {
      name = table.concat(left:names(), ", "), batch = a.batch, timeout = a.timeout,
    })
  end
  error(problem, 0)
end)
