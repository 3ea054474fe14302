import NIOCore
import NIOPosix

/// What was to be done was not done in time.
struct TimeLimitReached: Error {}

/// Carries out `body` within a time, all of it: it is cancelled when the time is over.
///
/// Throws ``TimeLimitReached`` then, and what `body` throws otherwise; `CancellationError` when the caller is cancelled.
func withinTime<Value: Sendable>(
    _ limit: Duration,
    _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    let work = Task { try await body() }
    let alarm = MultiThreadedEventLoopGroup.singleton.any()
        .scheduleTask(in: TimeAmount(limit)) { work.cancel() }
    let result = await withTaskCancellationHandler {
        await work.result
    } onCancel: {
        work.cancel()
    }
    alarm.cancel()
    // What a cancellation has cut short may look whole.
    guard !Task.isCancelled else { throw CancellationError() }
    guard !work.isCancelled else { throw TimeLimitReached() }
    return try result.get()
}
