/// The namespaces of the SOAP Metadata API. Elements are identified by namespace, never by prefix.
package enum XMLNamespace {
    package static let envelope = "http://schemas.xmlsoap.org/soap/envelope/"
    package static let metadata = "http://soap.sforce.com/2006/04/metadata"
    static let schemaInstance = "http://www.w3.org/2001/XMLSchema-instance"
}
