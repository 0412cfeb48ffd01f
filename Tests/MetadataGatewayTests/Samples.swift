@testable import MetadataGateway

extension Handle {
    /// A handle that is the same in each run.
    static let sample = Handle(for: nil) { [UInt8](repeating: 1, count: $0) }
    static let other = Handle(for: nil) { [UInt8](repeating: 2, count: $0) }
}

extension ReadAccess {
    /// All that the gateway allows to anybody.
    static let anything = ReadAccess(.sample)
}
