/// The moment at which a task gets the answer of a host call: part of the order of a run.
public struct Delivery: Sendable, Hashable {
    /// Run-wide number, from 1.
    public let number: Int
    /// The task.
    public let path: TaskPath
    /// Which of the task's calls is answered, from 1.
    public let sequence: Int
}
