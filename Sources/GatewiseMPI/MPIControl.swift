#if MPI
  import CMPI

  /// Short words between processes, beside what they compute: whether one is still there, and that the job ends.
  final class MPIControl {
    /// What can be said.
    enum Word: Int32, Sendable {
      /// Are you there?
      case call = 1
      /// Yes.
      case here = 2
      /// I have been asked to stop: all stop.
      case stop = 3
      /// All is saved: leave.
      case saved = 4
    }

    /// What others have said.
    struct Heard: Sendable {
      /// Who has answered the last roll call.
      var here: Set<Int32> = []
      /// Whether somebody was asked to stop.
      var stop = false
      /// Whether all is saved.
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
    /// Words on their way; they are a few in the life of a job.
    private var mouths: [UnsafeMutablePointer<Int32>] = []

    init(_ words: MPI_Comm) {
      self.words = words
      open()
    }

    /// Says a word. It is not waited for: who is gone does not take it.
    func say(_ word: Word, to rank: Int32) {
      let mouth = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
      mouth.pointee = word.rawValue
      mouths.append(mouth)
      var sent: MPI_Request?
      MPI_Isend(mouth, 1, cmpi_int(), rank, 1, words, &sent)
      MPI_Request_free(&sent)
    }

    /// What has come since the last time; calls are answered.
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

    /// Hears nothing any more.
    func close() {
      MPI_Cancel(&request)
      MPI_Request_free(&request)
    }

    private func open() { MPI_Irecv(ear, 1, cmpi_int(), cmpi_any_source(), 1, words, &request) }
  }
#endif
