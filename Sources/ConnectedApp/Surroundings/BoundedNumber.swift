extension Int {
    /// The integer part of an untrusted number. Numbers out of range become the nearest `Int`, and NaN becomes 0.
    package init(bounding value: Double) {
        self = value.isNaN ? 0 : Int(exactly: value.rounded(.towardZero)) ?? (value < 0 ? .min : .max)
    }
}
