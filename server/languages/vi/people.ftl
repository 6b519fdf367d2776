# Đăng nhập, người dùng, vai trò.
sign-in = Đăng nhập
sign-out = Đăng xuất
sign-in-lead = Loa Bản giúp thôn bản ghi âm một lần, duyệt, hẹn giờ và phát trên loa.
sign-in-name = Tên đăng nhập
sign-in-password = Mật khẩu
sign-in-forgotten = Quên mật khẩu? Hãy nhờ quản trị viên của xã đặt mật khẩu mới.
notice-signed-out = Bạn đã đăng xuất.

role-secretary = Bí thư chi đoàn
role-head = Trưởng thôn
role-officer = Cán bộ duyệt
role-admin = Quản trị viên

error-wrong-password = Tên đăng nhập hoặc mật khẩu không đúng
    .advice = Kiểm tra phím viết hoa và bộ gõ tiếng Việt, rồi thử lại. Nếu quên, hãy nhờ quản trị viên của xã.
error-too-many-attempts = Đã thử quá nhiều lần
    .advice = Hãy thử lại sau { $minutes } phút.
error-password-too-short = Mật khẩu quá ngắn
    .advice = Cần ít nhất { $shortest } ký tự. Một câu ngắn dễ nhớ là tốt nhất.
error-password-too-long = Mật khẩu quá dài
    .advice = Nhiều nhất { $longest } ký tự.
error-password-is-name = Mật khẩu trùng với tên đăng nhập
    .advice = Hãy chọn mật khẩu khác.
error-person-needs-full-name = Thiếu họ và tên
    .advice = Hãy ghi họ và tên, nhiều nhất 100 ký tự.
error-name-cannot-be = Tên đăng nhập không dùng được
    .advice = Dùng 2 đến 40 ký tự: chữ không dấu, số, dấu chấm hoặc gạch nối.
error-name-is-taken = Tên đăng nhập “{ $name }” đã có người dùng
    .advice = Hãy chọn tên khác, ví dụ thêm tên thôn.
