#if MPI
  import CMPI

  /// An operation of all processes of a job, or between two of them, on memory that stays in place until it is done.
  enum MPIOperation {
    /// Gives every process the sums.
    case sum(UnsafeMutableRawPointer, count: Int32, MPI_Datatype)
    /// Gives every process the bytes of the first.
    case broadcast(UnsafeMutableRawPointer, bytes: Int32)
    /// Sends bytes to another process.
    case send(UnsafeRawPointer, bytes: Int32, to: Int32)
    /// Receives bytes from another process.
    case receive(UnsafeMutableRawPointer, bytes: Int32, from: Int32)

    /// Starts the operation, which is done when the request is.
    func begin(in job: MPI_Comm) -> MPI_Request? {
      var request: MPI_Request?
      switch self {
      case .sum(let numbers, let count, let type):
        MPI_Iallreduce(cmpi_in_place(), numbers, count, type, cmpi_sum(), job, &request)
      case .broadcast(let start, let bytes): MPI_Ibcast(start, bytes, cmpi_byte(), 0, job, &request)
      case .send(let start, let bytes, let rank): MPI_Isend(start, bytes, cmpi_byte(), rank, 0, job, &request)
      case .receive(let start, let bytes, let rank): MPI_Irecv(start, bytes, cmpi_byte(), rank, 0, job, &request)
      }
      return request
    }
  }
#endif
