internal import FileSystem

/// Who may do what with a file. A mode that cannot be read allows everything to everybody.
package struct FileMode: Sendable {
    private let bits: UInt32
    package let isRegularFile: Bool

    /// Of the file that a link leads to: mounted secrets are links, and a link's own mode says nothing.
    package init(of path: String) { self.init(try? FileStatus(of: path)) }

    /// The mode of an open file, which nobody can replace between the check and the read.
    init(ofOpen descriptor: Int32) { self.init(try? FileStatus(ofDescriptor: descriptor)) }

    private init(_ status: FileStatus?) {
        bits = status?.permissions ?? 0o777
        isRegularFile = status.map { $0.kind == .regularFile } ?? true
    }

    package var isClosedToOthers: Bool { bits & 0o077 == 0 }

    /// Four octal digits, as `chmod` takes them.
    var octal: String { "0" + String(bits & 0o777, radix: 8) }
}
