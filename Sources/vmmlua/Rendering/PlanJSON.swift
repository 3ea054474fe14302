import Rehearsal
import VMMScripting
import VirtualMachines

/// A plan as one JSON document; times in seconds from its start.
enum PlanJSON {
    static func document(
        _ plan: Plan,
        _ run: RehearsedRun,
        script: String,
        _ status: ExitStatus,
        warnings: [String] = []
    ) -> JSONValue {
        var members: [JSONObject.Member] = [
            ("format", "vmmlua.plan"), ("version", 1), ("script", .string(script)),
            ("start", .string(run.start.rfc3339)), ("seconds", .number(plan.duration.secondsToMilliseconds)),
            ("status", .string(status.word)),
            ("changes", .array(plan.changes.map(change))), ("guests", .array(plan.timelines.map(guest))),
            ("refusals", .array(plan.refusals.map(refusal))),
            ("guest_count", .integer(Int64(plan.guestCount))),
            ("peak_out_of_service", .integer(Int64(plan.peakOutOfService))),
            ("assumptions", .array(plan.assumptions.map(\.json))), ("output", .string(run.output)),
        ]
        if !warnings.isEmpty { members.append(("warnings", .array(warnings.map(JSONValue.string)))) }
        if let error = run.error { members.append(("error", JSONValue(error))) }
        return .object(JSONObject(members))
    }

    private static func change(_ change: Plan.Change) -> JSONValue {
        [
            "at": .number(change.time.secondsToMilliseconds), "operation": .string(change.operation.description),
            "steps": .array(change.steps.map(JSONValue.string)), "guest": .string(change.guest),
            "action": .string(change.action), "change": .string(change.change),
        ]
    }

    private static func refusal(_ refusal: Plan.Refusal) -> JSONValue {
        [
            "at": .number(refusal.time.secondsToMilliseconds), "guest": refusal.guest.map(JSONValue.string) ?? .null,
            "action": .string(refusal.action), "message": .string(refusal.message),
            "count": .integer(Int64(refusal.count)),
        ]
    }

    private static func guest(_ timeline: Plan.Timeline) -> JSONValue {
        let outages = timeline.outages.map { outage -> JSONValue in
            [
                "start": .number(outage.start.secondsToMilliseconds),
                "end": outage.end.map { .number($0.secondsToMilliseconds) } ?? .null,
            ]
        }
        return ["guest": .string(timeline.guest), "outages": .array(outages), "stays_down": .bool(timeline.staysDown)]
    }
}
