#if MPI
  import CMPI

  /// Short control messages between processes, apart from their data: whether a process still responds, and that the
  /// job ends.
  final class MPIControl {
    /// The messages.
    enum Word: Int32, Sendable {
      /// Asks whether the receiver still responds.
      case call = 1
      /// The answer to `call`.
      case here = 2
      /// The sender was asked to stop, so all processes stop.
      case stop = 3
      /// All results are saved; every process leaves.
      case saved = 4
    }

    /// The messages received from other processes.
    struct Heard: Sendable {
      /// The processes that have answered the last roll call.
      var here: Set<Int32> = []
      /// Whether a process was asked to stop.
      var stop = false
      /// Whether all results are saved.
      var isSaved = false

      mutating func add(_ news: [(Word, from: Int32)]) {
        for (word, rank) in news {
          switch word {
          case .call: break
          case .here: here.insert(rank)
          case .stop: stop = true
          case .saved: isSaved = true
          }
        }
      }
    }

    private let words: MPI_Comm
    private var request: MPI_Request?
    private let ear = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    /// Buffers of sent messages. They are never freed; a job sends only a few.
    private var mouths: [UnsafeMutablePointer<Int32>] = []

    init(_ words: MPI_Comm) {
      self.words = words
      open()
    }

    /// Sends a message without waiting for it: a lost process never receives it.
    func say(_ word: Word, to rank: Int32) {
      let mouth = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
      mouth.pointee = word.rawValue
      mouths.append(mouth)
      var sent: MPI_Request?
      MPI_Isend(mouth, 1, cmpi_int(), rank, 1, words, &sent)
      MPI_Request_free(&sent)
    }

    /// Returns the messages received since the last call, and answers roll calls.
    func listen() -> [(Word, from: Int32)] {
      var news: [(Word, from: Int32)] = []
      while true {
        var (hasCome, status): (Int32, MPI_Status) = (0, MPI_Status())
        MPI_Test(&request, &hasCome, &status)
        guard hasCome != 0 else { return news }
        let rank = status.MPI_SOURCE
        if let word = Word(rawValue: ear.pointee) {
          if word == .call { say(.here, to: rank) }
          news.append((word, rank))
        }
        open()
      }
    }

    /// Stops receiving messages.
    func close() {
      MPI_Cancel(&request)
      MPI_Request_free(&request)
    }

    private func open() { MPI_Irecv(ear, 1, cmpi_int(), cmpi_any_source(), 1, words, &request) }
  }
#endif
