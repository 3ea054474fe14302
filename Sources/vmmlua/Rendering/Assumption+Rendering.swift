import Rehearsal
import SimulatedVMM
import VirtualMachines

extension Assumption {
    /// What is taken for granted, in a line.
    var words: String {
        switch self {
        case .probes(let host, let succeed, let count):
            "probes of \(host) \(succeed ? "succeed" : "fail")" + (count == 1 ? "" : ", \(count) times")
        case .approval(let question, let isGiven): "\(isGiven ? "approved" : "rejected"): \(question)"
        case .freeLock(let name): "nobody else has the lock '\(name)'"
        case .arrival(let guest, let status, let end):
            "\(guest), which is \(status.words) now, will be \(end.rawValue)"
        case .status(let guest, let status):
            "\(guest), of which the NAS doesn't tell how it stands, is \(status.rawValue)"
        case .size(let guest): "\(guest), of which the NAS doesn't tell the size, needs nothing of its host"
        case .durations(known: 0, _, let timings):
            "guests take \(timings.words), as nothing is known of how long they took before"
        case .durations(let known, let count, let timings):
            known == count
                ? "guests take as long as in earlier runs"
                : "\(known) of \(count) boots and shutdowns take as long as in earlier runs, the others "
                    + "\(timings.boot.brief) and \(timings.shutdown.brief)"
        case .sharedRoom: "the hosts have room, as one: the NAS doesn't tell which guest is on which"
        case .unknownRoom: "the hosts have room for every guest: the NAS doesn't tell how much CPU and memory they have"
        case .tasks: "the NAS gives tasks ids and a progress of its own; its earlier tasks have ended"
        case .usage: "guests that are up use as much CPU and memory as when they were read"
        case .clock: "the script reads the clock; calls on the NAS take no time here"
        case .chance(let seed): "the script draws random numbers; a run draws the same with --seed \(seed)"
        }
    }

    /// The same for programs, with the words.
    var json: JSONValue {
        var members: JSONObject
        switch self {
        case .probes(let host, let succeed, let count):
            members = [
                "kind": "probes", "host": .string(host), "succeed": .bool(succeed), "count": .integer(Int64(count)),
            ]
        case .approval(let question, let isGiven):
            members = ["kind": "approval", "question": .string(question), "approved": .bool(isGiven)]
        case .freeLock(let name): members = ["kind": "lock", "name": .string(name)]
        case .arrival(let guest, let status, let end):
            members = [
                "kind": "arrival", "guest": .string(guest), "from": .string(status.rawValue),
                "to": .string(end.rawValue),
            ]
        case .status(let guest, let status):
            members = ["kind": "status", "guest": .string(guest), "status": .string(status.rawValue)]
        case .size(let guest): members = ["kind": "size", "guest": .string(guest)]
        case .durations(let known, let count, let timings):
            members = [
                "kind": "durations", "known": .integer(Int64(known)), "of": .integer(Int64(count)),
                "boot": .number(timings.boot.secondsToMilliseconds),
                "shutdown": .number(timings.shutdown.secondsToMilliseconds),
            ]
        case .sharedRoom: members = ["kind": "shared_room"]
        case .unknownRoom: members = ["kind": "unknown_room"]
        case .tasks: members = ["kind": "tasks"]
        case .usage: members = ["kind": "usage"]
        case .clock: members = ["kind": "clock"]
        case .chance(let seed): members = ["kind": "chance", "seed": .integer(Int64(clamping: seed))]
        }
        members["text"] = .string(words)
        return .object(members)
    }
}

extension Timings {
    /// What a plan takes for granted of them.
    fileprivate var words: String { "\(boot.brief) to boot and \(shutdown.brief) to shut down" }
}
