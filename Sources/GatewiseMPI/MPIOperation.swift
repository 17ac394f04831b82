#if MPI
  import CMPI

  /// Something that the processes of a job do together, or one with another, on memory that stays where it is until it is
  /// done.
  enum MPIOperation {
    /// Every process gets the sums.
    case sum(UnsafeMutableRawPointer, count: Int32, MPI_Datatype)
    /// Every process gets the bytes of the first.
    case broadcast(UnsafeMutableRawPointer, bytes: Int32)
    /// Bytes go to another process.
    case send(UnsafeRawPointer, bytes: Int32, to: Int32)
    /// Bytes come from another process.
    case receive(UnsafeMutableRawPointer, bytes: Int32, from: Int32)

    /// Begins it; it is done when the request is.
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
