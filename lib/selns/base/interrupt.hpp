#pragma once

namespace selns {

// Whether the user asked the program to stop (^C, SIGTERM, SIGHUP). One object, made by main(),
// is handed to whatever waits or works long.
class Interrupt {
  public:
    // Does not touch signals: never raised. For tests and library users.
    Interrupt() = default;
    virtual ~Interrupt() = default;
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;

    // A descriptor that becomes readable when raised, for poll(); -1 when there is none.
    virtual int fd() const { return -1; }
    virtual bool raised() const { return false; }
    // Throws Error(interrupted) when raised.
    void check() const;
};

// Throws Error(interrupted) when the SignalInterrupt that lives is raised. For loops over data in
// places that wait for nothing and get no Interrupt; costs nothing.
void interruption_point();

// Catches SIGINT, SIGTERM and SIGHUP while it lives. A second SIGINT ends the program at once.
class SignalInterrupt final : public Interrupt {
  public:
    SignalInterrupt();
    ~SignalInterrupt() override;
    int fd() const override;
    bool raised() const override;
};

} // namespace selns
