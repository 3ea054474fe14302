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
        }
        members["text"] = .string(words)
        return .object(members)
    }
}

extension Timings {
    /// What a plan takes for granted of them.
    fileprivate var words: String { "\(boot.brief) to boot and \(shutdown.brief) to shut down" }
}
