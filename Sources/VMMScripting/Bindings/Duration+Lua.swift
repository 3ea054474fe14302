import LuaRuntime
import VirtualMachines

extension Duration {
    /// Seconds from 0 up, or text of numbers with units: `"250ms"`, `"90s"`, `"5m"`, `"1h30m"`, `"2d"`.
    ///
    /// `math.huge` is a duration as well: the longest there is.
    package init?(luaValue value: LuaValue) {
        if let seconds = value.double {
            guard seconds >= 0 else { return nil }
            self.init(clampingSeconds: seconds)
        } else if let text = value.text {
            self.init(text: text)
        } else {
            return nil
        }
    }
}
