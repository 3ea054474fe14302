/// Waits for a task that isn't the caller's own, but no longer than until the caller is cancelled.
func outcome<Value: Sendable>(
    of task: Task<Value, Never>,
    or fallback: Value,
    executor: any TaskExecutor
) async -> Value {
    let (values, continuation) = AsyncStream<Value>.makeStream()
    Task(executorPreference: executor) {
        continuation.yield(await task.value)
        continuation.finish()
    }
    for await value in values { return value }
    return fallback
}
