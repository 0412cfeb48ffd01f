@testable import MetadataAPI

/// Replies in the format of an org.
enum Replies {
    /// Returns a SOAP envelope around the content of its Body.
    static func envelope(_ body: String) -> [UInt8] {
        Array(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" \
            xmlns="http://soap.sforce.com/2006/04/metadata" \
            xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>\(body)</soapenv:Body>\
            </soapenv:Envelope>
            """.utf8)
    }

    /// Returns the reply to `checkRetrieveStatus` of a job that has succeeded.
    ///
    /// - Parameter zip: XML at the end of the result, such as the element `zipFile`.
    static func status(_ zip: String) -> [UInt8] {
        envelope(
            """
            <checkRetrieveStatusResponse><result><done>true</done><id>09S000000000001AAA</id>\
            <status>Succeeded</status><success>true</success>\(zip)</result></checkRetrieveStatusResponse>
            """)
    }

    static let fault = Array(
        """
        <?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope \
        xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" \
        xmlns:sf="http://soap.sforce.com/2006/04/metadata"><soapenv:Body><soapenv:Fault>\
        <faultcode>sf:INVALID_SESSION_ID</faultcode><faultstring>INVALID_SESSION_ID: it's &lt;gone&gt;</faultstring>\
        </soapenv:Fault></soapenv:Body></soapenv:Envelope>
        """.utf8)

    /// Encodes base64 without Foundation, so that the decoder is not tested with an encoder of the same library.
    static func base64(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count / 3 * 4 + 4)
        var index = 0
        while index < bytes.count {
            let group = (0..<3).map { index + $0 < bytes.count ? UInt32(bytes[index + $0]) : 0 }
            let value = group[0] << 16 | group[1] << 8 | group[2]
            let count = min(3, bytes.count - index)
            for place in 0..<4 {
                text.append(place <= count ? alphabet[Int(value >> (18 - 6 * UInt32(place)) & 63)] : UInt8(ascii: "="))
            }
            index += 3
        }
        return String(decoding: text, as: UTF8.self)
    }
}

extension ReplyReader {
    /// Reads a whole reply in pieces of `pieceSize` bytes.
    func read(_ bytes: [UInt8], pieceSize: Int = .max) throws -> Reply {
        var index = 0
        while index < bytes.count {
            let end = pieceSize == .max ? bytes.count : min(index + pieceSize, bytes.count)
            try feed(bytes[index..<end])
            index = end
        }
        return try finish()
    }
}
