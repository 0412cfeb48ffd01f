internal import CPKCS11

/// An attribute of a PKCS#11 template.
struct Attribute {
    let type: CK_ATTRIBUTE_TYPE
    let value: [UInt8]

    init(_ type: CK_ATTRIBUTE_TYPE, _ value: [UInt8]) {
        self.type = type
        self.value = value
    }

    init(_ type: CK_ATTRIBUTE_TYPE, _ flag: Bool) { self.init(type, [flag ? 1 : 0]) }

    init(_ type: CK_ATTRIBUTE_TYPE, _ number: CK_ULONG) {
        self.init(type, withUnsafeBytes(of: number) { Array($0) })
    }

    init(_ type: CK_ATTRIBUTE_TYPE, _ text: String) { self.init(type, Array(text.utf8)) }
}

extension [Attribute] {
    /// Calls `body` with the attributes as a C array and their count. The array is valid only during the call.
    ///
    /// - Precondition: There is at least one attribute.
    func withTemplate<Value>(
        _ body: (UnsafeMutablePointer<CK_ATTRIBUTE>, CK_ULONG) throws -> Value
    ) rethrows -> Value {
        // Each value is aligned for a number.
        let stride = MemoryLayout<CK_ULONG>.stride
        let sizes = map { ($0.value.count + stride - 1) / stride * stride }
        let storage = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Swift.max(sizes.reduce(0, +), stride), alignment: stride)
        defer { storage.deallocate() }
        var template: [CK_ATTRIBUTE] = []
        var offset = 0
        for (attribute, size) in zip(self, sizes) {
            let place = UnsafeMutableRawBufferPointer(rebasing: storage[offset..<offset + attribute.value.count])
            place.copyBytes(from: attribute.value)
            template.append(
                CK_ATTRIBUTE(
                    type: attribute.type, pValue: storage.baseAddress?.advanced(by: offset),
                    ulValueLen: CK_ULONG(attribute.value.count)))
            offset += size
        }
        let count = CK_ULONG(template.count)
        return try template.withUnsafeMutableBufferPointer { pointer in
            guard let first = pointer.baseAddress else { preconditionFailure("A template must not be empty.") }
            return try body(first, count)
        }
    }
}
