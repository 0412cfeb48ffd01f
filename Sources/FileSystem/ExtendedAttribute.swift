internal import CFileSystem
internal import Glibc
package import SystemPackage

/// An extended attribute of open files and directories: `xattr(7)`.
package struct ExtendedAttribute {
    /// The name with its namespace, such as `system.posix_acl_access`.
    let name: String

    /// The maximum size of a value on Linux, in bytes.
    private static let sizeLimit = 65_536

    package init(_ name: String) { self.name = name }

    /// - Returns: `nil` if the file does not have the attribute, or if its file system does not support it.
    /// - Throws: `Errno`.
    package func value(of descriptor: Int32) throws(Errno) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: Self.sizeLimit)
        let count = fgetxattr(descriptor, name, &bytes, bytes.count)
        if count >= 0 { return Array(bytes.prefix(count)) }
        let error = Errno(rawValue: errno)
        guard Self.isAbsent(error) else { throw error }
        return nil
    }

    /// Sets or removes the attribute.
    ///
    /// - Parameter value: `nil` removes the attribute. It is no error if the file does not have it.
    /// - Throws: `Errno`; `.notSupported` if the file system does not support the attribute and `value` is not `nil`.
    package func set(_ value: [UInt8]?, on descriptor: Int32) throws(Errno) {
        if let value {
            guard fsetxattr(descriptor, name, value, value.count, 0) != 0 else { return }
            throw Errno(rawValue: errno)
        }
        guard fremovexattr(descriptor, name) != 0 else { return }
        let error = Errno(rawValue: errno)
        guard Self.isAbsent(error) else { throw error }
    }

    private static func isAbsent(_ error: Errno) -> Bool { error == .noData || error == .notSupported }
}
