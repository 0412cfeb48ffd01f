/// What a client may read, and with which handle.
package struct ReadAccess: Sendable {
    package let types: ReadableTypes
    package let objects: QueryableObjects
    /// Binds the ids of jobs and of results to the client.
    package let handle: Handle

    package init(
        _ handle: Handle, types: ReadableTypes = ReadableTypes(), objects: QueryableObjects = QueryableObjects()
    ) {
        (self.handle, self.types, self.objects) = (handle, types, objects)
    }
}
