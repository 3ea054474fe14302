import LuaRuntime
import Synchronization
import VirtualMachines

/// The events of a run that its reader has not taken yet: the last ones, up to a size.
///
/// A reader that falls behind learns how many it missed, by a warning in the place of those events.
final class EventBuffer: Reporter {
    private struct State {
        var events = Queue<(event: RunEvent, size: Int)>()
        var size = 0
        var missedCount = 0
        var isFinished = false
        var reader: CheckedContinuation<RunEvent?, Never>?

        mutating func next(at time: Timestamp) -> RunEvent? {
            if missedCount > 0 {
                defer { missedCount = 0 }
                let message = "\(missedCount) events of the run are missing here: they were not read in time"
                return .logged(LogEntry(time: time, level: .warn, message: message, fields: []))
            }
            guard let (event, eventSize) = events.popFirst() else { return nil }
            size -= eventSize
            return event
        }
    }

    /// Bytes of events that wait for the reader.
    static let limit = 16 << 20

    private let clock: any RunClock
    private let state = Mutex(State())

    init(clock: any RunClock) {
        self.clock = clock
    }

    /// The events, for one reader.
    var stream: AsyncStream<RunEvent> {
        AsyncStream {
            await self.next()
        } onCancel: {
            self.finish()
        }
    }

    func report(_ event: RunEvent) {
        let reader = state.withLock { state -> CheckedContinuation<RunEvent?, Never>? in
            guard !state.isFinished else { return nil }
            if let reader = state.reader {
                state.reader = nil
                return reader
            }
            let size = event.size
            state.events.append((event, size))
            state.size += size
            while state.size > Self.limit, let dropped = state.events.popFirst() {
                state.size -= dropped.size
                state.missedCount += 1
            }
            return nil
        }
        reader?.resume(returning: event)
    }

    /// No event comes any more; those that are there can still be read.
    func finish() {
        let reader = state.withLock { state in
            state.isFinished = true
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume(returning: nil)
    }

    private func next() async -> RunEvent? {
        await withCheckedContinuation { continuation in
            let time = clock.now
            let event: RunEvent?? = state.withLock { state in
                if let event = state.next(at: time) { return .some(event) }
                if state.isFinished || state.reader != nil { return .some(nil) }
                state.reader = continuation
                return nil
            }
            if let event { continuation.resume(returning: event) }
        }
    }
}

extension RunEvent {
    /// About how many bytes it takes to keep.
    fileprivate var size: Int {
        switch self {
        case .printed(let bytes): 64 + bytes.count
        case .logged(let entry): 64 + entry.size
        case .stepBegan(let step): step.keptSize
        case .stepEnded(let step, let failure): step.keptSize + (failure?.utf8.count ?? 0)
        case .began, .progressed: 512
        case .answerLost(_, let reason), .postponed(_, let reason): 512 + reason.utf8.count
        case .ended(_, .success(let answer)): 512 + answer.keptSize
        case .ended(_, .failure(let error)): 1024 + error.message.utf8.count
        }
    }
}

extension StepReport {
    fileprivate var keptSize: Int { 256 + name.utf8.count + (guest?.utf8.count ?? 0) }
}

extension Answer {
    /// About how many bytes it takes to keep where nothing else does.
    fileprivate var keptSize: Int {
        switch self {
        case .guests(let guests): guests.count * 512
        case .statuses(let statuses): statuses.count * 64
        case .tasks(let tasks, let names): tasks.count * 256 + names.count * 64
        case .objects(let objects): objects.count * 1024
        default: size
        }
    }
}
