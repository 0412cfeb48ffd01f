internal import SwiftASN1

/// The members of an ASN.1 structure in DER or BER.
struct DERFields {
    /// The members; empty if the node is not constructed.
    let nodes: [ASN1Node]

    init(_ node: ASN1Node?) {
        guard case .constructed(let children)? = node?.content else {
            nodes = []
            return
        }
        nodes = Array(children)
    }

    /// The tags of the members, in order.
    var shape: [ASN1Identifier] { nodes.map(\.identifier) }

    /// The first member if it is an object identifier; otherwise `nil`.
    var identifier: ASN1ObjectIdentifier? { nodes.first.flatMap { try? ASN1ObjectIdentifier(berEncoded: $0) } }

    /// Returns the bytes of an OCTET STRING in DER; `nil` for anything else.
    static func octets(_ node: ASN1Node) -> [UInt8]? {
        (try? ASN1OctetString(derEncoded: node)).map { Array($0.bytes) }
    }
}
